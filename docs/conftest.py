"""Which files hold tests: the pages, but nothing that the build generates."""

collect_ignore_glob = ["*.py", "_*", "api", "auto_examples"]
