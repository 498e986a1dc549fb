// A plugin that needs something which the program does not have.
extern "C" int nobody_has_this();
extern "C" __attribute__((visibility("default"))) void faultline_plugin_explainers(void*) { nobody_has_this(); }
