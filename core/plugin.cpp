#include "core/plugin.h"

#include <dlfcn.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <mutex>

#include "core/error.h"

namespace faultline {
namespace {

std::string last_problem() {
  const char* const text = dlerror();
  return text ? text : "for no stated reason";
}

/// Libraries are never closed: what they made may outlive every owner that could be named.
void* open(const std::string& path) {
  // Every symbol now: a missing one is an error here and not in the middle of a run.
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw_input(path, "cannot be loaded (" + last_problem() + ")", "build it against this faultline");
  return library;
}

bool is_plugin(void* library) {
  const char* const kinds[] = {"faultline_plugin_explainers", "faultline_plugin_attacks", "faultline_plugin_metrics"};
  return std::any_of(std::begin(kinds), std::end(kinds), [&](const char* kind) { return dlsym(library, kind) != nullptr; });
}

}  // namespace

const OptionTable<PluginOptions>& PluginOptions::options() {
  static const auto table =
      OptionTable<PluginOptions>()
          .required_text("library", &PluginOptions::library, "a shared library that was built against this version's headers",
                         "FILE.so")
          .text("method", &PluginOptions::method, "one of its methods; need not be given where it has a single one", "",
                "(NAME:KEY=VALUE,...)");
  return table;
}

void* plugin_function(const std::string& library, const char* name) {
  std::error_code problem;
  const std::string path = std::filesystem::canonical(library, problem).string();
  if (problem) throw_input(library, "cannot be read (" + problem.message() + ")");
  static std::mutex mutex;
  static std::map<std::string, void*> opened;
  const std::lock_guard<std::mutex> lock(mutex);
  void*& handle = opened[path];
  if (!handle) handle = open(path);
  void* const function = dlsym(handle, name);
  if (!function) {
    if (!is_plugin(handle))
      throw_input(path, "is a library but no plugin of faultline", "list its methods with FAULTLINE_PLUGIN_EXPLAINERS");
    return nullptr;
  }
  using Interface = const char* (*)();
  const auto interface = reinterpret_cast<Interface>(dlsym(handle, (std::string(name) + "_interface").c_str()));
  const std::string theirs = interface ? interface() : "an unknown version";
  if (theirs != FAULTLINE_PLUGIN_INTERFACE)
    throw_input(path, "was built against " + theirs + "; this is " FAULTLINE_PLUGIN_INTERFACE, "build it anew");
  return function;
}

}  // namespace faultline
