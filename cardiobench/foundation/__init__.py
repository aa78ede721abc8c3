"""Files written whole, text, Markdown, the machine, processes and the terminal."""
