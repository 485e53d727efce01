# This file is auto-generated from the current state of the database.

ActiveRecord::Schema[7.2].define(version: 2026_02_11_103015) do
  # These are extensions that must be enabled in order to support this database
  enable_extension "pgcrypto"
  enable_extension "plpgsql"

  create_table "orders", id: :uuid, default: -> { "gen_random_uuid()" }, force: :cascade do |t|
    t.string "number", null: false
  end
end
