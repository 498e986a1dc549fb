#pragma once
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

#include "models/blocks.h"
#include "models/model.h"

namespace faultline::bench {

/// A network of the shared folder and how many images it is measured on.
struct Case {
  std::string name;
  std::vector<int64_t> shape;
  int64_t samples;
  std::vector<int64_t> chunks;  ///< batch sizes that the bare pass may choose from
  int rounds;                   ///< alternating runs; the median of each counts
};
/// lenet (64 images), resnet20 (64), squeezenet (8). Those whose file is absent are left out, with a line on stderr.
std::vector<Case> cases();
/// Where networks and data lie: FAULTLINE_SHARED, else the folder `shared` beside the checkout.
std::string shared_folder();
std::string model_file(const Case& subject);
/// Uniform random images [samples, shape...], the same in every run.
at::Tensor images(const Case& subject);
Points points(const at::Tensor& inputs);

/// Seconds of each piece of work: every round runs all of them in turn, so that what else the machine does hits all alike; the
/// median of the rounds.
std::vector<double> alternating_medians(const std::vector<std::function<void()>>& works, int rounds);

/// One way of running the bare pass.
struct BareWay {
  int64_t chunk;
  bool channels_last;
};
std::vector<BareWay> bare_ways(const Case& subject);

/// The bare pass: the TorchScript file run by LibTorch, and torch::autograd::grad of the logit of class 0; [N,...].
at::Tensor bare_gradient(const Model& model, const at::Tensor& inputs, const BareWay& way);

/// Calls `of_chunk` on rows [begin, end) of `inputs`, chunk by chunk.
void in_chunks(const at::Tensor& inputs, const BareWay& way, const std::function<void(const at::Tensor& rows)>& of_chunk);

/// Mean |a-b| over the largest |b|. In float32 rounding at kinks alone moves single gradients by percents, so means are compared.
double mean_difference(const at::Tensor& a, const at::Tensor& b);

/// One benchmark of every case, named NAME/CASE. It times itself and gives ratios as counters, so it runs once.
void add_for_every_case(const std::string& name, const std::function<void(benchmark::State&, const Case&)>& work);
/// main() of every benchmark: one thread, Google Benchmark's flags, the benchmarks that `declare` adds.
int run(int argc, char** argv, const std::function<void()>& declare);

}  // namespace faultline::bench
