#pragma once
#include <string>

namespace faultline::testing {

/// A TorchScript file made by hand, so that no Python is needed: a module without arrays that takes vectors and returns them as
/// logits. forward: lines of code before its return, indented by four; they see `x`.
std::string torchscript_archive(const std::string& forward = "");

/// The same with code that LibTorch runs while it loads the file (__setstate__), indented by four.
std::string torchscript_archive_with_setstate(const std::string& setstate);

}  // namespace faultline::testing
