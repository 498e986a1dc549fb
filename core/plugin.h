#pragma once
#include <torch/version.h>

#include <string>

#include "core/registry.h"
#include "core/version.h"

/// What a plugin and the program that loads it must agree on, as the headers said when each was compiled. Before 1.0 every
/// version may change the types that both see.
#define FAULTLINE_PLUGIN_TEXT(number) FAULTLINE_PLUGIN_QUOTED(number)
#define FAULTLINE_PLUGIN_QUOTED(number) #number
#define FAULTLINE_PLUGIN_INTERFACE \
  "faultline " FAULTLINE_VERSION ", LibTorch " TORCH_VERSION ", C++11 ABI " FAULTLINE_PLUGIN_TEXT(_GLIBCXX_USE_CXX11_ABI)

/// Begins the definition of a function that lists a plugin's methods of one room. Use FAULTLINE_PLUGIN_EXPLAINERS
/// (explainers/plugin.h), FAULTLINE_PLUGIN_ATTACKS (attacks/plugin.h) and FAULTLINE_PLUGIN_METRICS (metrics/plugin.h).
#define FAULTLINE_PLUGIN_METHODS(function, Interface, list)                                                                   \
  extern "C" __attribute__((visibility("default"))) const char* function##_interface() { return FAULTLINE_PLUGIN_INTERFACE; } \
  extern "C" __attribute__((visibility("default"))) void function(::faultline::Registry<Interface>&(list))

namespace faultline {

/// Options of `plugin`, which is a method of every room that plugins may add to.
struct PluginOptions {
  std::string library;
  std::string method;
  static const OptionTable<PluginOptions>& options();
};

/// The function that FAULTLINE_PLUGIN_METHODS defined in a library, which is loaded once and stays for as long as the process.
/// Null where the plugin has none of this kind. Throws input: no such file, a library that cannot be loaded, one that is no
/// plugin, or one that was compiled against another faultline.
void* plugin_function(const std::string& library, const char* name);

/// A plugin's method of one room as its options ask for it: of the list that `function` fills; a single method need not be named.
/// kind: "explainer", "attack", ... Throws input as plugin_function() does, and where the plugin has no method of this kind;
/// usage where none or an unknown one is named.
template <class Interface>
std::unique_ptr<Interface> plugin_method(const PluginOptions& options, const char* function, const std::string& kind) {
  using List = void (*)(Registry<Interface>&);
  const auto fill = reinterpret_cast<List>(plugin_function(options.library, function));
  Registry<Interface> methods(kind);
  if (fill) fill(methods);
  if (methods.entries().empty()) throw_input(options.library, "has no " + kind);
  if (!options.method.empty()) return methods.make(options.method);
  if (methods.entries().size() > 1) {
    std::string names;
    for (const auto& name : methods.names()) names += (names.empty() ? "" : ", ") + name;
    throw_usage(options.library, "has several methods of this kind (" + names + ")", "name one: method=(NAME:KEY=VALUE)");
  }
  return methods.entries().front().make(Spec{methods.entries().front().name, {}});
}

}  // namespace faultline
