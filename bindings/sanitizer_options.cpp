// CPython keeps what it has allocated until its process ends. Executables that embed it would report
// all of that as leaks, so in them the leak check of AddressSanitizer is off.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
