// What the fixed blocks and the interpreter cost, as ratios within one run: every time is divided by the bare pass of the same
// process, the TorchScript file run by LibTorch with torch::autograd::grad at the best of several batch sizes, alternating, on
// one thread. Passes are counted and results compared before a time is printed.
#include <ATen/Parallel.h>
#include <benchmark/benchmark.h>
#include <torch/csrc/autograd/autograd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "explainers/explainer.h"
#include "models/blocks.h"
#include "models/model.h"
#include "models/transforms.h"

extern "C" void openblas_set_num_threads(int);

namespace faultline {
namespace {

struct Subject {
  std::string name;
  std::vector<int64_t> shape;
  int64_t samples;
};

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// One forward and backward pass of the file itself over all rows, `chunk` at a time.
at::Tensor bare_gradient(const Model& model, const at::Tensor& inputs, int64_t chunk) {
  const at::AutoGradMode with_graph(true);
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < inputs.size(0); begin += chunk) {
    const auto x = inputs.slice(0, begin, std::min(inputs.size(0), begin + chunk)).clone().requires_grad_();
    parts.push_back(torch::autograd::grad({model.run_original(x).select(1, 0).sum()}, {x})[0]);
  }
  return at::cat(parts);
}

void passes(benchmark::State& state, const Subject& subject, const std::string& file) {
  const Model model = Model::load(file);
  const Network network = to(model.network(subject.shape), at::kFloat);
  std::vector<int64_t> shape = {subject.samples};
  shape.insert(shape.end(), subject.shape.begin(), subject.shape.end());
  at::manual_seed(1);
  const auto inputs = at::rand(shape);
  Points all{inputs, at::zeros({subject.samples}, at::kLong), {}, {}};
  for (int64_t i = 0; i < subject.samples; ++i) all.slots.push_back(i);
  const Points one{inputs.slice(0, 0, 1), at::zeros({1}, at::kLong), {0}, {}};

  PassCount count;
  const auto ours = input_gradient(network, all, Output::logit, &count);
  const auto bare = bare_gradient(model, inputs, 4);
  if (count.forward != subject.samples || count.backward != subject.samples) state.SkipWithError("passes are miscounted");
  // Rounding at kinks alone moves single gradients by percents of their largest value in float32, so the mean is compared.
  if (!((ours - bare).abs().mean().item<double>() < 1e-2 * bare.abs().max().item<double>()))
    state.SkipWithError("results differ");

  for (auto _ : state) {
    std::map<int64_t, std::vector<double>> bare_times;
    std::vector<double> full, single, single_bare;
    for (int round = 0; round < 5; ++round) {
      for (const int64_t chunk : {1, 4, 16})
        bare_times[chunk].push_back(seconds_of([&] { bare_gradient(model, inputs, chunk); }));
      full.push_back(seconds_of([&] { input_gradient(network, all, Output::logit); }));
      single.push_back(seconds_of([&] { input_gradient(network, one, Output::logit); }));
      single_bare.push_back(seconds_of([&] { bare_gradient(model, one.inputs, 1); }));
    }
    double best = 1e300;
    for (auto& [chunk, times] : bare_times) best = std::min(best, median(times));
    state.counters["ms_per_image"] = 1e3 * median(full) / static_cast<double>(subject.samples);
    state.counters["full_batch/bare"] = median(full) / best;
    state.counters["single/bare_single"] = median(single) / median(single_bare);
  }
}

}  // namespace
}  // namespace faultline

int main(int argc, char** argv) {
  at::set_num_threads(1);
  openblas_set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  const char* given = std::getenv("FAULTLINE_SHARED");
  const std::string shared = given ? given : FAULTLINE_SOURCE_DIR "/../shared";
  for (const faultline::Subject& subject :
       {faultline::Subject{"lenet_mnist", {1, 28, 28}, 64}, faultline::Subject{"resnet20_cifar10", {3, 32, 32}, 32},
        faultline::Subject{"squeezenet1_0_imagenet", {3, 224, 224}, 4}}) {
    const std::string file = shared + "/models/" + subject.name + ".pt";
    if (!std::filesystem::exists(file)) {
      std::fprintf(stderr, "%s is not there: left out\n", file.c_str());
      continue;
    }
    benchmark::RegisterBenchmark(("gradient/" + subject.name).c_str(),
                                 [=](benchmark::State& state) { faultline::passes(state, subject, file); })
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
