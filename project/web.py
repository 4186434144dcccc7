"""How gunicorn serves Kith, wherever it is started: ``gunicorn --config python:project.web``."""

wsgi_app = "project.wsgi"
worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 5
control_socket_disable = True
