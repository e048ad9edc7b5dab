package session

func configPath() string { return "/etc/schulhof/client.toml" }
