"""/docs of the local stack: a page on which a browser can try the API, and the guides of docs/ beside it."""
