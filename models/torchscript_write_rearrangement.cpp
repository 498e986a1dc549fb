#include "models/torchscript_code.h"

namespace faultline::torchscript {

namespace {

/// Dimension d has size[d] + per_batch[d] * n entries.
std::string sizes(NodeCode& code) {
  const auto& size = code.node().integers("size");
  const auto& per_batch = code.node().integers("per_batch");
  if (size.empty()) return literal(size);
  std::string out;
  for (size_t d = 0; d < size.size(); ++d) {
    std::string entry = std::to_string(size[d]);
    if (per_batch[d] != 0) {
      entry = code.batch() + (per_batch[d] == 1 ? "" : " * " + std::to_string(per_batch[d]));
      if (size[d] != 0) entry += " + " + std::to_string(size[d]);
    }
    out += (d ? ", " : "[") + entry;
  }
  return out + "]";
}

std::string index(NodeCode& code) {
  std::string tables;
  size_t next = 1;
  for (const int64_t present : code.node().integers("present"))
    tables += (tables.empty() ? "[" : ", ") + (present ? code.input(next++) : std::string("None"));
  return call("index", {code.input(), code.assign(tables + "]", "List[Optional[Tensor]]")});
}

std::string pad(NodeCode& code) {
  const std::string& mode = code.node().word("mode");
  if (mode == "constant") return call("constant_pad_nd", {code.input(), code.integers("pads"), code.number("value")});
  return call("pad", {code.input(), code.integers("pads"), "\"" + mode + "\""});
}

/// TorchScript has types as the numbers of at::ScalarType.
std::string mask(const std::string& values) { return call("to", {values, std::to_string(static_cast<int>(at::kBool))}); }

}  // namespace

std::string write_combination(NodeCode& code) {
  const Op op = code.node().op;
  switch (op) {
    case Op::add:
    case Op::sub:
    case Op::mul:
    case Op::div:
    case Op::maximum:
    case Op::minimum:
    case Op::pow: return call(name_of(op), {code.input(), code.input(1)});
    case Op::cat: {
      std::string list;
      for (const std::string& input : code.inputs()) list += (list.empty() ? "[" : ", ") + input;
      return call("cat", {list + "]", code.integer("dim")});
    }
    case Op::where: return call("where", {mask(code.input()), code.input(1), code.input(2)});
    case Op::masked_fill: return call("masked_fill", {code.input(), mask(code.input(1)), code.number("value")});
    default: throw std::logic_error("node " + code.node().name + " does not combine tensors");
  }
}

std::string write_rearrangement(NodeCode& code) {
  const std::string& x = code.input();
  switch (code.node().op) {
    case Op::reshape: return call("reshape", {x, sizes(code)});
    case Op::permute: return call("permute", {x, code.integers("dims")});
    case Op::expand: return call("expand", {x, sizes(code)});
    case Op::slice:
      return call("slice", {x, code.integer("dim"), code.integer("start"), code.integer("end"), code.integer("step")});
    case Op::select: return call("select", {x, code.integer("dim"), code.integer("index")});
    case Op::pad: return pad(code);
    case Op::roll: return call("roll", {x, code.integers("shifts"), code.integers("dims")});
    case Op::flip: return call("flip", {x, code.integers("dims")});
    case Op::index: return index(code);
    default: throw std::logic_error("node " + code.node().name + " does not rearrange");
  }
}

}  // namespace faultline::torchscript
