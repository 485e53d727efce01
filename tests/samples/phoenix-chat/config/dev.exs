import Config

config :chat, Chat.Repo,
  username: "postgres",
  password: "postgres",
  hostname: "localhost",
  database: "chat_dev",
  stacktrace: true,
  pool_size: 10
