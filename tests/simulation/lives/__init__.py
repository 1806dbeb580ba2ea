"""Which lives are lived, and the page of what came of them."""
