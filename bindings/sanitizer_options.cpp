// CPython keeps what it has allocated until its process ends. Executables that embed it would report
// all of that as leaks, so in them the leak check of AddressSanitizer is off.
// Visible although what is compiled with the worker is hidden: the sanitizer looks it up by name.
extern "C" __attribute__((visibility("default"))) const char* __asan_default_options() { return "detect_leaks=0"; }
