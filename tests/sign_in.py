"""Signing in as people do: with the form of the dashboard."""


def signs_in(client, email, password):
    """Sign a browser in, and tell whether that went as far as the password alone can bring one."""
    sent = {"username": email, "password": password}
    return client.post("/admin/login/", sent).status_code == 302
