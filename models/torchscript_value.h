#pragma once
#include <ATen/core/ivalue.h>

#include <memory>
#include <string>
#include <vector>

#include "models/extents.h"

namespace faultline::torchscript {

/// Tensors that may share memory in the file's own semantics: all views of one array. `version` counts in-place changes.
struct Storage {
  int64_t version = 0;
};

struct Cell;

/// Which entries [start, end) of another tensor's dimension a view shows; a selected one has that dimension no more.
struct Part {
  std::shared_ptr<Cell> whole;
  int64_t dim = 0, start = 0, end = 0;
  bool is_selected = false;
};

/// A tensor variable of the file: which node holds its value now. In-place operations give it a new node, and new ones to the
/// tensors it is a part of; other views of the same storage are then out of date, which `seen` (the storage's version this cell
/// holds) tells.
struct Cell {
  int node = -1;
  std::shared_ptr<Storage> storage;
  int64_t seen = 0;
  Part part;
};

/// What a TorchScript variable holds while its file is interpreted for a layer graph.
class Value {
 public:
  enum class Kind {
    concrete,    ///< known for certain: None, number, flag, word, constant tensor, dtype, device
    tensor,      ///< computed by the network or read from its trained arrays: a cell
    count,       ///< an integer that grows with the batch
    list,        ///< shared and mutable
    tuple,       ///< a tuple
    dict,        ///< shared and mutable; items are key, value, key, value, ...
    module,      ///< a module with its path
    unavailable  ///< cannot be expressed; an error when read (indices of max pooling, attention weights)
  };

  Value() = default;
  Value(c10::IValue known) : concrete(std::move(known)) {}
  static Value tensor(int node);
  static Value view(int node, const Value& of);
  static Value view_of_part(int node, const Value& whole, int64_t dim, int64_t start, int64_t end, bool is_selected);
  static Value count(Extent extent);
  static Value list(std::vector<Value> items, Kind kind = Kind::list);
  static Value module(c10::IValue object, std::string path);
  static Value unavailable(const std::string& why);

  bool is_none() const { return kind == Kind::concrete && concrete.isNone(); }
  bool is_tensor() const { return kind == Kind::tensor; }
  bool is_constant_tensor() const { return kind == Kind::concrete && concrete.isTensor(); }
  bool is_sequence() const { return kind == Kind::list || kind == Kind::tuple; }
  /// True where everything inside is concrete.
  bool is_wholly_concrete() const;
  /// True where a tensor of the graph is inside.
  bool holds_tensor() const;
  /// True where an integer that grows with the batch is inside.
  bool holds_count() const;

  Kind kind = Kind::concrete;
  c10::IValue concrete;  ///< also the module object
  std::shared_ptr<Cell> cell;
  Extent extent;
  std::shared_ptr<std::vector<Value>> items;
  std::string text;  ///< a module's path; why a value is unavailable
};

}  // namespace faultline::torchscript
