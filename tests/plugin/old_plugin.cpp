// A plugin of another version.
extern "C" __attribute__((visibility("default"))) const char* faultline_plugin_explainers_interface() {
  return "faultline 0.0.9, LibTorch 1.12.0, C++11 ABI 1";
}
extern "C" __attribute__((visibility("default"))) void faultline_plugin_explainers(void*) {}
