#include "measuring.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "core/blas_kernels.h"
#include "core/freed_memory.h"
#include "metrics/summary.h"

extern "C" void openblas_set_num_threads(int);

namespace faultline::bench {

std::string shared_folder() {
  const char* given = std::getenv("FAULTLINE_SHARED");
  return given ? given : FAULTLINE_SOURCE_DIR "/../shared";
}

std::string model_file(const Case& subject) { return shared_folder() + "/models/" + subject.name + ".pt"; }

std::vector<Case> cases() {
  std::vector<Case> out;
  for (const Case& subject :
       {Case{"lenet_mnist", {1, 28, 28}, 64, {4, 16, 64}, 7}, Case{"resnet20_cifar10", {3, 32, 32}, 64, {4, 16, 64}, 5},
        Case{"squeezenet1_0_imagenet", {3, 224, 224}, 8, {1, 2, 8}, 3}}) {
    if (std::filesystem::exists(model_file(subject))) {
      out.push_back(subject);
    } else {
      std::fprintf(stderr, "%s is not there: left out\n", model_file(subject).c_str());
    }
  }
  return out;
}

at::Tensor images(const Case& subject) {
  std::vector<int64_t> shape{subject.samples};
  shape.insert(shape.end(), subject.shape.begin(), subject.shape.end());
  at::manual_seed(1);
  return at::rand(shape);
}

Points points(const at::Tensor& inputs) {
  Points out{inputs, at::zeros({inputs.size(0)}, at::kLong), {}, {}};
  for (int64_t i = 0; i < inputs.size(0); ++i) out.slots.push_back(i);
  return out;
}

std::vector<double> alternating_medians(const std::vector<std::function<void()>>& works, int rounds) {
  std::vector<std::vector<double>> seconds(works.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < works.size(); ++i) {
      const auto begin = std::chrono::steady_clock::now();
      works[i]();
      seconds[i].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
  }
  std::vector<double> out;
  for (const auto& of_work : seconds) out.push_back(median(of_work));
  return out;
}

std::vector<BareWay> bare_ways(const Case& subject) {
  std::vector<BareWay> out;
  for (const int64_t chunk : subject.chunks) {
    for (const bool channels_last : {false, true}) out.push_back({chunk, channels_last});
  }
  return out;
}

void in_chunks(const at::Tensor& inputs, const BareWay& way, const std::function<void(const at::Tensor& rows)>& of_chunk) {
  const auto format = way.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  for (int64_t begin = 0; begin < inputs.size(0); begin += way.chunk) {
    of_chunk(inputs.slice(0, begin, std::min(inputs.size(0), begin + way.chunk)).clone(format));
  }
}

at::Tensor bare_gradient(const Model& model, const at::Tensor& inputs, const BareWay& way) {
  const at::AutoGradMode with_graph(true);
  std::vector<at::Tensor> parts;
  in_chunks(inputs, way, [&](const at::Tensor& rows) {
    const at::Tensor x = rows.detach().requires_grad_();
    parts.push_back(torch::autograd::grad({model.run_original(x).select(1, 0).sum()}, {x})[0]);
  });
  return at::cat(parts);
}

double mean_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().mean().item<double>() / b.abs().max().item<double>();
}

void add_for_every_case(const std::string& name, const std::function<void(benchmark::State&, const Case&)>& work) {
  for (const auto& subject : cases()) {
    benchmark::RegisterBenchmark((name + "/" + subject.name).c_str(), [=](benchmark::State& state) { work(state, subject); })
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
  }
}

int run(int argc, char** argv, const std::function<void()>& declare) {
  restart_with_better_blas_kernels(argv);
  keep_freed_memory();
  at::set_num_threads(1);
  openblas_set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  declare();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace faultline::bench
