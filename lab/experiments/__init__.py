"""What is broken and how, when it has recovered, what is promised, and how it is played and observed."""
