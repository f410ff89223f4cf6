"""One module per `newswire` command, each with a click command named `command`."""
