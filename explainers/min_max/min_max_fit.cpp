#include "explainers/min_max/min_max_fit.h"

#include <limits>

#include "core/error.h"
#include "core/interruption.h"
#include "core/random.h"
#include "data/reference_inputs.h"
#include "explainers/relevance/start.h"
#include "models/adam.h"
#include "models/blocks.h"

namespace faultline {

namespace {

constexpr int64_t kHeldOut = 10;  // every so many-th sample
constexpr int kMostRises = 2;

/// One batch: the network's values, and the relevance that meets the layer that is being learned.
struct Batch {
  WalkTape tape;
  MinMaxModel::Arrival arrival;
};

Batch batch_at(const MinMaxModel& model, const at::Tensor& x, size_t place) {
  Batch batch;
  batch.tape = model.walk().run(x, false);
  const at::Tensor& logits = batch.tape.values[static_cast<size_t>(model.chain().layers.back())];
  const at::Tensor targets = predicted_classes(logits).to(logits.device());
  const at::Tensor start = at::clamp_min(start_of(Start::logit, logits, targets, {}), 0);
  batch.arrival = model.arrive(batch.tape, start, place);
  return batch;
}

/// A model whose relevances above are divided by `above` and whose own are divided by `own`, as one of relevances themselves.
MinMaxLayer in_units(const MinMaxLayer& scaled, double own, double above) {
  MinMaxLayer out = scaled;
  for (size_t u = 0; u < 2; ++u) {
    out.weight[u] = scaled.weight[u] * own;
    out.top[u] = scaled.top[u] * (own / above);
    out.shift[u] = scaled.shift[u] * own;
  }
  return out;
}

/// Learns one layer. Its parameters are learned for relevances of the size that the unlearned detectors give, since Adam's steps
/// are of one size whatever the size of what is learned.
class LayerFit {
 public:
  LayerFit(const MinMaxModel& model, size_t place, const Context& context)
      : model_(model), place_(place), layer_(model.layer(place)), upper_(model.layer(place + 1)) {
    const at::Tensor& w = layer_.weight();
    const RandomStream stream(context.seed, "min-max", place);
    const double deviation = 0.1 * (w.numel() > 1 ? w.std().item<double>() : 0.0);
    for (size_t u = 0; u < 2; ++u) {
      const std::vector<double> noise = stream.normals(static_cast<uint32_t>(u), static_cast<size_t>(w.numel()));
      scaled_.weight[u] = w / 2 + at::tensor(noise, at::kDouble).reshape(w.sizes()).to(w.device()) * deviation;
      scaled_.top[u] = at::zeros_like(upper_.weight());
      scaled_.shift[u] = layer_.over_output(layer_.sums_within_units(at::zeros_like(w))).contiguous();
    }
  }

  /// Must see some data before the first step.
  void scale_to(const Batch& batch) {
    const MinMaxUnits units = model_.units(batch.tape, place_, scaled_, batch.arrival.above);
    const double given = (units.y[0] + units.y[1]).mean().item<double>(), wanted = batch.arrival.relevance.mean().item<double>();
    if (given > 0 && wanted > 0) own_ = wanted / given;
    const double above = batch.arrival.above.square().mean().sqrt().item<double>();
    if (above > 0) above_ = above;
  }

  MinMaxLayer result() const { return in_units(scaled_, own_, above_); }
  std::vector<at::Tensor> parameters() const {
    std::vector<at::Tensor> all;
    for (size_t u = 0; u < 2; ++u) {
      for (const at::Tensor& part : {scaled_.weight[u], scaled_.top[u], scaled_.shift[u]}) all.push_back(part);
    }
    return all;
  }

  /// Sum of squared residuals; gradients of the mean in the order of parameters() where wanted. By hand: a layer's maps are
  /// differentiable in its input alone.
  double loss(const Batch& batch, std::vector<at::Tensor>* gradients) const {
    const at::Tensor above = batch.arrival.above / above_, relevance = batch.arrival.relevance / own_;
    const MinMaxUnits units = model_.units(batch.tape, place_, scaled_, above);
    const at::Tensor residual = units.y[0] + units.y[1] - relevance;
    if (gradients) {
      gradients->clear();
      const LayerGraph& graph = model_.walk().network().graph();
      const at::Tensor& x = batch.tape.values[static_cast<size_t>(model_.activations_of(place_))];
      for (size_t u = 0; u < 2; ++u) {
        const at::Tensor at_unit = residual * (units.y[u] > 0) * (2.0 / static_cast<double>(residual.numel()));
        const at::Tensor inhibited = at_unit * (units.inhibition[u] < 0);
        gradients->push_back(layer_.weight_sums(at_unit, x));
        gradients->push_back(upper_.weight_sums(above, through(graph, model_.chain().between[place_], inhibited)));
        gradients->push_back(layer_.over_output(layer_.unit_sums(inhibited)));
      }
    }
    return residual.square().sum().item<double>();
  }
  double own() const { return own_; }

 private:
  const MinMaxModel& model_;
  size_t place_;
  LinearLayer layer_, upper_;
  MinMaxLayer scaled_;
  double own_ = 1, above_ = 1;
};

/// Loss on held-out samples, and its share of what there was to explain.
struct Held {
  double loss = 0, r_squared = 0;
};

Held held_out(const MinMaxModel& model, const LayerFit& fit, const at::Tensor& x, size_t place, int64_t size) {
  double loss = 0, sum = 0, squares = 0, count = 0;
  for (int64_t start = 0; start < x.size(0); start += size) {
    const Batch batch = batch_at(model, x.slice(0, start, start + size), place);
    loss += fit.loss(batch, nullptr);
    const at::Tensor relevance = batch.arrival.relevance / fit.own();
    sum += relevance.sum().item<double>();
    squares += relevance.square().sum().item<double>();
    count += static_cast<double>(relevance.numel());
  }
  const double variance = squares - sum * sum / count;
  return {loss / count, variance > 0 ? 1 - loss / variance : std::numeric_limits<double>::quiet_NaN()};
}

MinMaxLayer learned(const MinMaxModel& model, size_t place, const at::Tensor& training, const at::Tensor& test,
                    const MinMaxFitOptions& options, const Context& context) {
  LayerFit fit(model, place, context);
  fit.scale_to(batch_at(model, training.slice(0, 0, options.batch), place));
  AdamOptions adam_options;
  adam_options.learning_rate = options.learning_rate;
  Adam adam(fit.parameters(), adam_options);
  MinMaxLayer best;
  double best_loss = std::numeric_limits<double>::infinity(), last_loss = best_loss;
  int rises = 0;
  for (int64_t epoch = 0; epoch <= options.epochs && rises < kMostRises; ++epoch) {
    // What it starts from is measured too.
    if (epoch > 0) {
      const std::string purpose = "min-max/order/" + std::to_string(epoch);
      const auto order = RandomStream(context.seed, purpose, place).order(0, static_cast<size_t>(training.size(0)));
      const at::Tensor rows = at::tensor(order, at::kLong).to(training.device());
      for (int64_t start = 0; start < training.size(0); start += options.batch) {
        interruption_point();
        const Batch batch = batch_at(model, training.index_select(0, rows.slice(0, start, start + options.batch)), place);
        std::vector<at::Tensor> gradients;
        fit.loss(batch, &gradients);
        adam.step(gradients);
      }
    }
    const Held now = held_out(model, fit, test, place, options.batch);
    if (now.loss > last_loss) ++rises;
    last_loss = now.loss;
    if (now.loss < best_loss) {
      best_loss = now.loss;
      best = fit.result();
      best.r_squared = now.r_squared;
      best.epochs = epoch;
    }
  }
  return best;
}

}  // namespace

void fit_min_max(MinMaxModel& model, const Dataset& data, const MinMaxFitOptions& options, const Context& context) {
  const at::NoGradGuard no_graph;
  const OneThread one_thread;
  std::vector<at::Tensor> training, test;
  int64_t taken = 0;
  for_each_reference_input(data, "deep-taylor:model=min-max", [&](const at::Tensor& input) {
    (taken % kHeldOut == 0 ? test : training).push_back(input);
    return ++taken < options.samples;
  });
  if (training.empty())
    throw Error(ErrorKind::nothing_tested, "deep-taylor:model=min-max", "needs at least two samples of reference data");
  const at::Device device = model.walk().network().device();
  const at::Tensor all = at::stack(training).to(device), held = at::stack(test).to(device);
  for (size_t place = model.hidden_layers(); place-- > 0;) model.set(place, learned(model, place, all, held, options, context));
}

}  // namespace faultline
