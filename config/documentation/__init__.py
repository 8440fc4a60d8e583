"""The pages below /docs: Markdown files in `docs/`, in the order of `docs/contents.toml`."""
