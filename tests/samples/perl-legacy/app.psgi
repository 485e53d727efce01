use strict;
sub { [200, [], ['ok']] };
