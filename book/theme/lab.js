// Runs the labs of a page.
