"""From files to declarations: reading, composing located nodes, and binding them to sections of the language."""
