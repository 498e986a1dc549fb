#include <limits>

#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

using Integers = std::vector<int64_t>;

int sliced(Call& call, int x, int64_t dim, int64_t start, int64_t end, int64_t step = 1) {
  return call.emit(Op::slice, {x}, {{"dim", dim}, {"start", start}, {"end", end}, {"step", step}});
}

int selected(Call& call, int x, int64_t dim, int64_t index) {
  return call.emit(Op::select, {x}, {{"dim", dim}, {"index", index}});
}

/// Views that an in-place operation writes through to the whole.
Value part(Call& call, int x, int64_t dim, int64_t start, int64_t end) {
  const int node = sliced(call, x, dim, start, end);
  const Value& whole = call.value("self");
  return whole.is_tensor() ? Value::view_of_part(node, whole, dim, start, end, false) : Value::tensor(node);
}

Value entry(Call& call, int x, int64_t dim, int64_t index) {
  const int node = selected(call, x, dim, index);
  const Value& whole = call.value("self");
  return whole.is_tensor() ? Value::view_of_part(node, whole, dim, index, index + 1, true) : Value::tensor(node);
}

Value slice(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(x));
  const Extent size = call.shape(x)[static_cast<size_t>(dim)];
  const Extent start = call.has("start") ? call.extent("start") : Extent{0, 0};
  const Extent end = call.has("end") ? call.extent("end") : size;
  const int64_t step = call.integer("step", 1);
  // An open end is written as the largest integer, or the largest of 32 bits.
  const bool is_open = end.is_known() && end.base >= std::numeric_limits<int32_t>::max();
  const bool is_whole = start == Extent{0, 0} && step == 1 && (is_open || sign_of(end - size).value_or(-1) >= 0);
  if (is_whole) return call.value("self").is_tensor() ? call.value("self") : call.view(x);
  if (!size.is_known() || !start.is_known() || !end.is_known())
    call.refuse_batch_dependence("a slice of " + to_text(call.shape(x)));
  const auto clipped = [&](int64_t i) { return std::min(std::max<int64_t>(i < 0 ? i + size.base : i, 0), size.base); };
  const int64_t from = clipped(start.base);
  const int64_t to = std::max(from, clipped(end.base));
  return step == 1 ? part(call, x, dim, from, to) : call.view(sliced(call, x, dim, from, to, step));
}

Value select(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.dimension("dim", x);
  const int64_t size = call.size(x, dim);
  const int64_t index = call.integer("index");
  if (index < -size || index >= size)
    call.refuse("index " + std::to_string(index) + " of a dimension of " + std::to_string(size));
  return entry(call, x, dim, index < 0 ? index + size : index);
}

Value narrow(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.dimension("dim", x), start = call.integer("start");
  const int64_t from = start < 0 ? start + call.size(x, dim) : start;
  return part(call, x, dim, from, from + call.integer("length"));
}

/// Views of consecutive parts along a dimension.
Value parts(Call& call, int x, int64_t dim, const Integers& sizes) {
  std::vector<Value> views;
  int64_t start = 0;
  for (int64_t size : sizes) {
    views.push_back(part(call, x, dim, start, start + size));
    start += size;
  }
  return Value::list(std::move(views));
}

Integers equal_sizes(int64_t total, int64_t size) {
  Integers sizes;
  for (int64_t start = 0; start < total; start += size) sizes.push_back(std::min(size, total - start));
  return sizes;
}

Value chunk(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(x)), count = call.integer("chunks"),
                total = call.size(x, dim);
  return parts(call, x, dim, equal_sizes(total, (total + count - 1) / count));
}

Value split(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(x));
  const std::string key = call.has("split_size") ? "split_size" : "split_sizes";
  if (call.value(key).is_sequence()) return parts(call, x, dim, call.integers(key));
  return parts(call, x, dim, equal_sizes(call.size(x, dim), call.integer(key)));
}

/// numpy's array_split: the first (total mod count) parts are one longer; or split points.
Value tensor_split(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(x)), total = call.size(x, dim);
  Integers sizes;
  if (call.has("sections")) {
    const int64_t count = call.integer("sections");
    for (int64_t i = 0; i < count; ++i) sizes.push_back(total / count + (i < total % count ? 1 : 0));
  } else {
    int64_t last = 0;
    for (int64_t point : call.integers("indices")) {
      const int64_t next = std::min(std::max(point < 0 ? point + total : point, last), total);
      sizes.push_back(next - last);
      last = next;
    }
    sizes.push_back(total - last);
  }
  return parts(call, x, dim, sizes);
}

Value unbind(Call& call) {
  const int x = call.operand("self");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(x)), total = call.size(x, dim);
  std::vector<Value> views;
  for (int64_t i = 0; i < total; ++i) views.push_back(entry(call, x, dim, i));
  return Value::list(std::move(views));
}

Value cat(Call& call) {
  std::vector<int> nodes;
  // torch.cat passes over tensors of shape [0].
  for (int node : call.operands("tensors"))
    if (call.shape(node) != Shape{{0, 0}}) nodes.push_back(node);
  if (nodes.empty()) call.refuse("nothing to concatenate");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(nodes.front()));
  return Value::tensor(call.emit(Op::cat, nodes, {{"dim", dim}}));
}

Value stack(Call& call) {
  std::vector<int> nodes = call.operands("tensors");
  if (nodes.empty()) call.refuse("nothing to stack");
  const int64_t dim = call.wrapped(call.integer("dim", 0), call.rank(nodes.front()) + 1);
  for (int& node : nodes) node = call.reshaped(node, [dim](const at::Tensor& t, int64_t) { return t.unsqueeze(dim); });
  return Value::tensor(call.emit(Op::cat, nodes, {{"dim", dim}}));
}

Value padded(Call& call, const std::string& mode) {
  const int x = call.operand("self");
  const Integers pads = call.integers(call.has("pad") ? "pad" : "padding");
  for (size_t i = 0; i < pads.size(); ++i)
    if (pads[i] != 0) call.size(x, -1 - static_cast<int64_t>(i / 2));
  return Value::tensor(
      call.emit(Op::pad, {x}, {{"pads", pads}, {"mode", mode}, {"value", mode == "constant" ? call.number("value", 0) : 0.0}}));
}

Value roll(Call& call) {
  const int x = call.operand("self");
  Integers dims = call.integers("dims");
  if (dims.empty()) call.refuse("a roll over the flattened tensor mixes samples");
  for (int64_t& dim : dims) {
    dim = call.wrapped(dim, call.rank(x));
    call.size(x, dim);
  }
  return Value::tensor(call.emit(Op::roll, {x}, {{"shifts", call.integers("shifts")}, {"dims", dims}}));
}

Value flip(Call& call) {
  const int x = call.operand("self");
  const Integers dims = call.dimensions("dims", x);
  for (int64_t dim : dims) call.size(x, dim);
  return Value::tensor(call.emit(Op::flip, {x}, {{"dims", dims}}));
}

Value indexed(Call& call, int x, const std::vector<at::Tensor>& tables) {
  std::vector<int> inputs{x};
  Integers present;
  for (const at::Tensor& table : tables) {
    present.push_back(table.defined() ? 1 : 0);
    if (!table.defined()) continue;
    call.size(x, static_cast<int64_t>(present.size()) - 1);
    inputs.push_back(call.constant(table));
  }
  return Value::tensor(call.emit(Op::index, inputs, {{"present", present}}));
}

Value index(Call& call) {
  const int x = call.operand("self");
  std::vector<at::Tensor> tables;
  for (const Value& item : *call.value("indices").items) {
    if (item.is_none()) {
      tables.emplace_back();
      continue;
    }
    const at::Tensor table = call.constant_tensor(item, "indices");
    if (table.scalar_type() != at::kBool) {
      tables.push_back(table.to(at::kLong));
    } else {
      for (const at::Tensor& part : table.nonzero_numpy()) tables.push_back(part);
    }
  }
  return indexed(call, x, tables);
}

Value index_select(Call& call) {
  const int x = call.operand("self");
  std::vector<at::Tensor> tables(static_cast<size_t>(call.dimension("dim", x)) + 1);
  tables.back() = call.constant_tensor(call.value("index"), "index").to(at::kLong);
  return indexed(call, x, tables);
}

Value embedding(Call& call) {
  const int weight = call.operand("weight");
  return indexed(call, weight, {call.constant_tensor(call.value("indices"), "indices").to(at::kLong)});
}

}  // namespace

OperationTable selection_operations() {
  return {{"aten::slice", slice},
          {"aten::select", select},
          {"aten::narrow", narrow},
          {"aten::chunk", chunk},
          {"prim::ConstantChunk", chunk},
          {"aten::split", split},
          {"aten::split_with_sizes", split},
          {"aten::tensor_split", tensor_split},
          {"aten::unbind", unbind},
          {"aten::cat", cat},
          {"aten::concat", cat},
          {"aten::concatenate", cat},
          {"aten::stack", stack},
          {"aten::pad", [](Call& c) { return padded(c, c.word("mode", "constant")); }},
          {"aten::constant_pad_nd", [](Call& c) { return padded(c, "constant"); }},
          {"aten::reflection_pad1d", [](Call& c) { return padded(c, "reflect"); }},
          {"aten::reflection_pad2d", [](Call& c) { return padded(c, "reflect"); }},
          {"aten::replication_pad1d", [](Call& c) { return padded(c, "replicate"); }},
          {"aten::replication_pad2d", [](Call& c) { return padded(c, "replicate"); }},
          {"aten::roll", roll},
          {"aten::flip", flip},
          {"aten::index", index},
          {"aten::index_select", index_select},
          {"aten::embedding", embedding}};
}

}  // namespace faultline::torchscript
