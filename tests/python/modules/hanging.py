"""Never finishes to be imported."""

import subprocess
import time

subprocess.Popen(["sleep", "1000"], start_new_session=True)
subprocess.Popen(["sh", "-c", "echo hanging; while :; do sleep 1000; done"])
time.sleep(1000)
