"""What the job system announces to the apps."""

from django.dispatch import Signal

# Sent once by each worker process before it takes its first job: load here what every job needs,
# since the processes forked for the jobs inherit it.
worker_starting = Signal()

# Sent by the scheduler every minute: begin what is due.
minute_passed = Signal()

# Sent by the scheduler every hour: clear away what nobody has come back for.
tidying_up = Signal()
