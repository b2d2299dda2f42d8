"""Routes: parse, call one method, answer."""
