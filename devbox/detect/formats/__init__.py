"""Files of the formats that repos use, as trees of nodes that know their lines."""
