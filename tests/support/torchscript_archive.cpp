#include "support/torchscript_archive.h"

#include "support/zip.h"

namespace faultline::testing {
namespace {

const char* const kHead = R"(class M(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
)";

std::string forward_of(const std::string& body) {
  return "  def forward(self: __torch__.M, x: Tensor) -> Tensor:\n" + body + "    return torch.flatten(x, 1, -1)\n";
}

/// state: the pickled state of the one object.
std::string archive(const std::string& code, const std::string& state) {
  return zip({{"m/data.pkl",
               "\x80\x02"
               "c__torch__\nM\n)\x81" +
                   state + "b."},
              {"m/code/__torch__.py", code},
              {"m/constants.pkl", "\x80\x02)."},
              {"m/version", "3\n"}});
}

}  // namespace

std::string torchscript_archive(const std::string& forward) {
  return archive(kHead + forward_of(forward), std::string("}(X\x08\x00\x00\x00training\x89u", 17));
}

std::string torchscript_archive_with_setstate(const std::string& setstate) {
  const std::string code = std::string(kHead) + "  def __getstate__(self: __torch__.M) -> int:\n    return 7\n" +
                           "  def __setstate__(self: __torch__.M, state: int) -> NoneType:\n    self.training = False\n" +
                           setstate + "    return None\n";
  return archive(code + forward_of(""), "K\x07");
}

}  // namespace faultline::testing
