"""SOURCE as the command takes it, a name or where files are: its data, and which rows train and which judge."""
