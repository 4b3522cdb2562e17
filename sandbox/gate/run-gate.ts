// The former path of the socket filter's program, for compose files that name it; version 1.1 removes it.
import '../socket-filter/run-socket-filter.ts';
