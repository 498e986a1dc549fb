#include "models/torchscript_import.h"

#include "models/canonical.h"
#include "models/torchscript_interpreter.h"

namespace faultline::torchscript {

namespace {

/// The logits among what forward returns: the tensor itself, or the first of rank 2 in a tuple, list or dictionary (auxiliary
/// heads).
const Value* logits_in(const Value& result, const GraphDraft& draft) {
  if (result.is_tensor()) return &result;
  if (!result.items) return nullptr;
  for (const Value& item : *result.items)
    if (item.is_tensor() && draft.shape(item.cell->node).size() == 2) return &item;
  return nullptr;
}

void check_output(const GraphDraft& draft) {
  const Shape shape = draft.shape(draft.output);
  const Extent rows = draft.has_frozen_batch() ? Extent{draft.probe().batches()[0], 0} : Extent{0, 1};
  if (shape.size() != 2 || shape[0] != rows || !shape[1].is_known() || shape[1].base < 1)
    throw Refusal("the output", "has shape " + to_text(shape) + " where [N, classes] is needed");
}

void note_probabilities(GraphDraft& draft) {
  const Op last = draft.node(draft.output).op;
  if (last == Op::softmax) draft.notes.push_back("the last operation is softmax: outputs are probabilities");
  if (last == Op::log_softmax) draft.notes.push_back("the last operation is log_softmax: outputs are log-probabilities");
}

Imported import_with(const torch::jit::Module& module, WidenedTensors& widened, const std::vector<int64_t>& input_shape,
                     const std::vector<int64_t>& batches) {
  GraphDraft draft(input_shape, batches);
  const Value result = Interpreter(draft, widened).forward(module);
  const Value* logits = logits_in(result, draft);
  if (!logits) throw Refusal("the output", "holds no tensor of shape [N, classes] that the network computes");
  if (!result.is_tensor())
    draft.notes.push_back("forward returns several values: the first of shape [N, classes] is taken as the logits");
  draft.output = Call(draft, "forward's result", {}, {}).node_of(*logits, "output");
  check_output(draft);
  make_canonical(draft);
  note_probabilities(draft);
  Imported imported;
  imported.graph = draft.finished(imported.parameters);
  return imported;
}

}  // namespace

Imported import_module(const torch::jit::Module& module, WidenedTensors& widened, const std::vector<int64_t>& input_shape) {
  try {
    return import_with(module, widened, input_shape, {2, 3});
  } catch (const FinalRefusal&) {
    throw;
  } catch (const Refusal& free_batch) {
    for (const int64_t batch : {1, 2, 4, 8, 16, 32, 64}) {
      try {
        Imported imported = import_with(module, widened, input_shape, {batch});
        imported.graph.notes.push_back(
            "the batch size is frozen at " + std::to_string(batch) +
            " in the file, samples are run in blocks of exactly that many; another size is refused by " + free_batch.where +
            ": " + free_batch.what());
        return imported;
      } catch (const FinalRefusal&) {
        throw;
      } catch (const Refusal&) {
        // This batch size is not the frozen one either.
      }
    }
    throw;
  }
}

}  // namespace faultline::torchscript
