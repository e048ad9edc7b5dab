package session

func configPath() string { return "/Library/Application Support/Schulhof/client.toml" }
