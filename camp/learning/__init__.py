"""Models of learning as pure functions, for whoever counts or explains: no rows, no pages."""
