"""The dashboard's pages; `config.dashboard` puts them together."""
