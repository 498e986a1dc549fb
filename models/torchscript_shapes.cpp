#include "models/torchscript_call.h"

namespace faultline::torchscript {

namespace {

using Integers = std::vector<int64_t>;

Integers at_batch(const Shape& shape, int64_t batch) {
  Integers sizes;
  for (const Extent& extent : shape) sizes.push_back(extent.at(batch));
  return sizes;
}

/// A result of the same numbers in the same order, in the shape that `function` finds.
Operation reordered(std::function<at::Tensor(const Call&, const at::Tensor&, int64_t batch)> function) {
  return [function = std::move(function)](Call& call) {
    const int x = call.operand("self");
    return call.view(call.reshaped(x, [&](const at::Tensor& t, int64_t batch) { return function(call, t, batch); }));
  };
}

at::Tensor viewed(const Call& call, const at::Tensor& t, const std::string& size, int64_t batch) {
  return t.reshape(at_batch(call.extents(size), batch));
}

Value permuted(Call& call, int x, const Integers& dims) { return call.view(call.emit(Op::permute, {x}, {{"dims", dims}})); }

Value permute(Call& call) {
  const int x = call.operand("self");
  Integers dims = call.integers("dims");
  for (int64_t& dim : dims) dim = call.wrapped(dim, call.rank(x));
  return permuted(call, x, dims);
}

Value transposed(Call& call, const std::string& first, const std::string& second) {
  const int x = call.operand("self");
  Integers dims;
  for (int64_t d = 0; d < call.rank(x); ++d) dims.push_back(d);
  std::swap(dims[static_cast<size_t>(call.dimension(first, x))], dims[static_cast<size_t>(call.dimension(second, x))]);
  return permuted(call, x, dims);
}

/// t(), mT and T: the last two dimensions swapped.
Value matrix_transposed(Call& call) {
  const int x = call.operand("self");
  if (call.rank(x) < 2) return call.view(x);
  Integers dims;
  for (int64_t d = 0; d < call.rank(x); ++d) dims.push_back(d);
  std::swap(dims[dims.size() - 1], dims[dims.size() - 2]);
  return permuted(call, x, dims);
}

Value moved(Call& call) {
  const int x = call.operand("self");
  Integers from = call.integers("source"), to = call.integers("destination");
  const int64_t rank = call.rank(x);
  Integers dims(static_cast<size_t>(rank), -1);
  std::vector<bool> taken(static_cast<size_t>(rank), false);
  for (size_t i = 0; i < from.size(); ++i) {
    dims.at(static_cast<size_t>(call.wrapped(to.at(i), rank))) = call.wrapped(from[i], rank);
    taken.at(static_cast<size_t>(call.wrapped(from[i], rank))) = true;
  }
  int64_t next = 0;
  for (int64_t& dim : dims) {
    if (dim >= 0) continue;
    while (taken[static_cast<size_t>(next)]) ++next;
    dim = next++;
  }
  return permuted(call, x, dims);
}

Value expand_to(Call& call, const std::function<at::Tensor(const at::Tensor&, int64_t)>& function) {
  const int x = call.operand("self");
  const ShapeProbe& probe = call.draft().probe();
  return call.view(call.expanded(x, probe.shape(probe.map(call.draft().stand_in(x), function))));
}

Value expand(Call& call) {
  const Shape size = call.extents("size");
  return expand_to(call, [&](const at::Tensor& t, int64_t batch) { return t.expand(at_batch(size, batch)); });
}

Shape shape_of_other(Call& call) {
  const Value& other = call.value("other");
  if (other.is_tensor()) return call.shape(call.node_of(other, "other"));
  Shape shape;
  for (int64_t size : call.constant_tensor(other, "other").sizes()) shape.push_back({size, 0});
  return shape;
}

Value expand_as(Call& call) {
  const Shape size = shape_of_other(call);
  return expand_to(call, [&](const at::Tensor& t, int64_t batch) { return t.expand(at_batch(size, batch)); });
}

Value view_as(Call& call) {
  const int x = call.operand("self");
  return call.view(call.reshaped(x, shape_of_other(call)));
}

/// repeat: a new dimension before each that is repeated, expanded, and merged again.
Value repeat(Call& call) {
  const int x = call.operand("self");
  const Shape times = call.extents("repeats");
  const Shape old = call.shape(x);
  Shape apart, wide, merged;
  for (size_t d = 0; d < times.size(); ++d) {
    const size_t lead = times.size() - old.size();
    const Extent size = d < lead ? Extent{1, 0} : old[d - lead];
    const auto total = product(times[d], size);
    if (!total) call.refuse_batch_dependence("repeating");
    apart.insert(apart.end(), {Extent{1, 0}, size});
    wide.insert(wide.end(), {times[d], size});
    merged.push_back(*total);
  }
  return Value::tensor(call.reshaped(call.expanded(call.reshaped(x, apart), wide), merged));
}

/// [N, C r^2, H, W] -> [N, C, H r, W r]
Value pixel_shuffle(Call& call) {
  const int x = call.operand("self");
  const int64_t r = call.integer("upscale_factor");
  const int split = call.reshaped(x, [r](const at::Tensor& t, int64_t) {
    return t.reshape({t.size(0), t.size(1) / (r * r), r, r, t.size(2), t.size(3)});
  });
  const int ordered = call.emit(Op::permute, {split}, {{"dims", Integers{0, 1, 4, 2, 5, 3}}});
  return Value::tensor(call.reshaped(ordered, [r](const at::Tensor& t, int64_t) {
    return t.reshape({t.size(0), t.size(1), t.size(2) * r, t.size(4) * r});
  }));
}

Value channel_shuffle(Call& call) {
  const int x = call.operand("self");
  const int64_t groups = call.integer("groups");
  const int split = call.reshaped(x, [groups](const at::Tensor& t, int64_t) {
    return t.reshape({t.size(0), groups, t.size(1) / groups, t.size(2), t.size(3)});
  });
  const int ordered = call.emit(Op::permute, {split}, {{"dims", Integers{0, 2, 1, 3, 4}}});
  return Value::tensor(call.reshaped(ordered, [](const at::Tensor& t, int64_t) { return t.flatten(1, 2); }));
}

Value same(Call& call) { return call.view(call.operand("self")); }
/// Another name for the very same tensor.
Value alias(Call& call) {
  call.operand("self");
  return call.value("self");
}
Value copied(Call& call) { return Value::tensor(call.operand("self")); }

/// Conversions between floating point types are the run's business, not the graph's; to whole numbers they have no derivative.
Value converted(Call& call) {
  const Value& type = call.value("dtype");
  if (type.kind == Value::Kind::concrete && type.concrete.isInt() &&
      !at::isFloatingType(static_cast<at::ScalarType>(type.concrete.toInt())))
    call.refuse("a conversion of a computed tensor to whole numbers has no derivative");
  return same(call);
}

}  // namespace

OperationTable shape_operations() {
  OperationTable table{
      {"aten::view", reordered([](const Call& c, const at::Tensor& t, int64_t b) { return viewed(c, t, "size", b); })},
      {"aten::_unsafe_view", reordered([](const Call& c, const at::Tensor& t, int64_t b) { return viewed(c, t, "size", b); })},
      {"aten::reshape", reordered([](const Call& c, const at::Tensor& t, int64_t b) { return viewed(c, t, "shape", b); })},
      {"aten::flatten", reordered([](const Call& c, const at::Tensor& t, int64_t) {
         return t.flatten(c.integer("start_dim", 0), c.integer("end_dim", -1));
       })},
      {"aten::unflatten", reordered([](const Call& c, const at::Tensor& t, int64_t b) {
         const int64_t dim = c.wrapped(c.integer("dim"), t.dim());
         Integers sizes = t.sizes().vec();
         const Integers inner = at_batch(c.extents("sizes"), b);
         sizes.erase(sizes.begin() + dim);
         sizes.insert(sizes.begin() + dim, inner.begin(), inner.end());
         return t.reshape(sizes);
       })},
      {"aten::ravel", reordered([](const Call&, const at::Tensor& t, int64_t) { return t.reshape({-1}); })},
      {"aten::unsqueeze", reordered([](const Call& c, const at::Tensor& t, int64_t) { return t.unsqueeze(c.integer("dim")); })},
      {"aten::squeeze", reordered([](const Call& c, const at::Tensor& t, int64_t) {
         return c.has("dim") ? t.squeeze(c.integer("dim")) : t.squeeze();
       })},
      {"aten::permute", permute},
      {"aten::transpose", [](Call& c) { return transposed(c, "dim0", "dim1"); }},
      {"aten::swapaxes", [](Call& c) { return transposed(c, "axis0", "axis1"); }},
      {"aten::swapdims", [](Call& c) { return transposed(c, "dim0", "dim1"); }},
      {"aten::movedim", moved},
      {"aten::moveaxis", moved},
      {"aten::expand", expand},
      {"aten::expand_as", expand_as},
      {"aten::view_as", view_as},
      {"aten::reshape_as", view_as},
      {"aten::repeat", repeat},
      {"aten::pixel_shuffle", pixel_shuffle},
      {"aten::channel_shuffle", channel_shuffle},
      {"aten::clone", copied},
      {"aten::to", converted},
      {"aten::type_as", same}};
  for (const char* name : {"t", "numpy_T", "mT", "adjoint", "matrix_H", "mH"})
    table[std::string("aten::") + name] = matrix_transposed;
  for (const char* name : {"contiguous", "float", "double", "half", "cpu", "cuda"}) table[std::string("aten::") + name] = same;
  for (const char* name : {"aten::detach", "aten::alias", "aten::requires_grad", "prim::data"}) table[name] = alias;
  return table;
}

}  // namespace faultline::torchscript
