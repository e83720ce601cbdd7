#pragma once

namespace venomous::bridge {

/// Thrown when SIGTERM has told the snake to end.
struct terminated {};

/// Takes note of SIGTERM.
/// @returns whether this was the first.
bool note_termination();

/// Returns whether SIGTERM has come.
bool termination_noted();

/// Runs Python's signal handlers. Requires the GIL. An exception that one
/// raises is printed.
/// @throws terminated
void run_signal_handlers();

// -- a pipe that SIGTERM makes readable ---------------------------------------

/// Opens the pipe under numbers from `lowest` on.
void open_wakeup(int lowest);

/// Returns the end to poll, negative if there is none.
int wakeup_fd();

void drain_wakeup();

void close_wakeup();

} // namespace venomous::bridge
