import Config

config :chat, Chat.Repo,
  username: "postgres",
  database: "chat_test#{System.get_env("MIX_TEST_PARTITION")}"
