// The efficiency figure of the attacks (attacks sheet 13): mean best metric over samples against model evaluations, the plain
// iteration beside the stronger options, and the gain E_plain(v) / E_new(v) at the plain attack's mean after 300 iterates.
// usage: efficiency CASE FOLDER           writes FOLDER/CASE.csv, FOLDER/CASE.html and a line an attack
//        efficiency --draw CASE FOLDER    draws FOLDER/CASE.html again from the figures in FOLDER/CASE.csv
#include <cmath>
#include <cstdio>
#include <fstream>

#include "attacks/attack.h"
#include "core/blas_kernels.h"
#include "core/freed_memory.h"
#include "core/numbers.h"
#include "core/random.h"
#include "data/dataset.h"
#include "measuring.h"
#include "metrics/bootstrap.h"
#include "metrics/sign_flip.h"
#include "metrics/summary.h"
#include "models/rows.h"
#include "models/transforms.h"
#include "report/html_sections.h"
#include "report/line_chart.h"
#include "report/words.h"

namespace faultline::bench {
namespace {

constexpr uint64_t kSeed = 0;
constexpr int kResamples = 2000;
const char* const kTuned = "plain, 60, ";
constexpr int64_t kPrepared = 16;  // samples that an attack may prepare itself on

struct Study {
  std::string name, model, data;
  std::vector<int64_t> shape;
  int64_t samples;
  double epsilon;
  std::string k, explainer;
  int64_t batch;
};

const std::vector<Study>& studies() {
  static const std::vector<Study> all{
      {"lenet_mnist", "lenet_mnist", "mnist/t10k-images-idx3-ubyte.gz", {1, 28, 28}, 64, 8. / 255, "10%", "gradient", 64},
      {"lenet_mnist-ig",
       "lenet_mnist",
       "mnist/t10k-images-idx3-ubyte.gz",
       {1, 28, 28},
       16,
       8. / 255,
       "10%",
       "integrated-gradients:steps=50",
       16},
      {"resnet20_cifar10", "resnet20_cifar10", "cifar10/test_batch.bin", {3, 32, 32}, 64, .25 / 255, "10%", "gradient", 64},
      {"squeezenet1_0_imagenet", "squeezenet1_0_imagenet", "imagenet", {3, 224, 224}, 16, .5 / 255, "1000", "gradient", 8}};
  return all;
}

/// What an attack reached: of every sample the best metric after each judged iterate, and the evaluations until then.
struct Run {
  std::string label;
  std::vector<SampleOutcome> outcomes;
  double preparation = 0;  // evaluations

  double total() const { return static_cast<double>(outcomes.front().evaluations); }
};

/// The best of `outcome` within `evaluations`: a right-continuous step function that begins at the clean input's.
double reached(const SampleOutcome& outcome, double evaluations) {
  double value = outcome.before;
  for (size_t i = 0; i < outcome.best.size() && static_cast<double>(outcome.spent[i]) <= evaluations; ++i) {
    value = outcome.best[i];
  }
  return value;
}

std::vector<double> values_at(const Run& run, double evaluations) {
  std::vector<double> out;
  for (const auto& outcome : run.outcomes) out.push_back(reached(outcome, evaluations));
  return out;
}

/// First evaluations at which the mean over samples `picks` is at most `v`; infinite where it never is. Every sample of a run
/// spends alike, so the grid is that of the longest.
double first_at(const Run& run, const std::vector<size_t>& picks, double v) {
  const auto longest = std::max_element(run.outcomes.begin(), run.outcomes.end(),
                                        [](const auto& a, const auto& b) { return a.spent.size() < b.spent.size(); });
  const auto mean_at = [&](size_t i) {
    double sum = 0;
    for (const size_t pick : picks) {
      const auto& best = run.outcomes[pick].best;
      sum += best.empty() ? run.outcomes[pick].before : best[std::min(i, best.size() - 1)];
    }
    return sum / static_cast<double>(picks.size());
  };
  // The means never rise, so the first place is found by halving.
  size_t low = 0, high = longest->spent.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    mean_at(middle) <= v + 1e-12 ? high = middle : low = middle + 1;
  }
  return low == longest->spent.size() ? INFINITY : static_cast<double>(longest->spent[low]);
}

double last_mean(const Run& run, const std::vector<size_t>& picks) {
  double sum = 0;
  for (const size_t pick : picks) sum += run.outcomes[pick].after;
  return sum / static_cast<double>(picks.size());
}

struct Gain {
  double value, low, high;
};

Gain gain(const Run& plain, const Run& stronger) {
  const auto of = [&](const std::vector<size_t>& picks) {
    const double v = last_mean(plain, picks), e = first_at(stronger, picks, v);
    return std::isinf(e) ? 0.0 : first_at(plain, picks, v) / e;
  };
  const size_t n = plain.outcomes.size();
  std::vector<size_t> picks(n);
  for (size_t i = 0; i < n; ++i) picks[i] = i;
  Gain out{of(picks), 0, 0};
  const RandomStream stream(kSeed, "stats/bootstrap", 0);
  std::vector<double> values;
  for (int draw = 0; draw < kResamples; ++draw) {
    const auto u = stream.uniforms(static_cast<uint32_t>(draw), static_cast<int64_t>(n));
    for (size_t i = 0; i < n; ++i) picks[i] = static_cast<size_t>(std::floor(u[i] * static_cast<double>(n)));
    values.push_back(of(picks));
  }
  std::sort(values.begin(), values.end());
  out.low = quantile_of_sorted(values, 0.025);
  out.high = quantile_of_sorted(values, 0.975);
  return out;
}

Samples samples_of(const Study& study, const std::string& shared, const Network& network) {
  const auto data = open_dataset(shared + "/data/" + study.data, {study.shape, 0, ""});
  std::vector<at::Tensor> inputs;
  for (int64_t i = 0; i < study.samples; ++i) inputs.push_back(data->load(i).input);
  Samples out = samples_of_array(at::stack(inputs).to(at::kFloat));
  out.targets = network.logits(out.inputs).argmax(1);
  return out;
}

std::vector<size_t> first_rows(int64_t count) {
  std::vector<size_t> out;
  for (int64_t i = 0; i < count; ++i) out.push_back(static_cast<size_t>(i));
  return out;
}

Run run_attack(const Study& study, const Network& network, const Samples& samples, const std::string& label,
               const std::string& spec) {
  const auto explainer = explainers().make(study.explainer);
  const auto attack = attacks().make(spec + (spec.find(':') == std::string::npos ? ":k=" : ",k=") + study.k);
  const Context context;
  const auto rows_of = [](int64_t begin, int64_t end) {
    std::vector<int64_t> rows;
    for (int64_t i = begin; i < end; ++i) rows.push_back(i);
    return rows;
  };
  const Samples first = samples.select(rows_of(0, std::min(kPrepared, study.samples)));
  const Preparation preparation = attack->prepare({network, *explainer, first, study.epsilon, context});
  Run out{label, {}, attack->preparation_cost(*explainer, first.size())};
  for (int64_t begin = 0; begin < study.samples; begin += study.batch) {
    const Samples some = samples.select(rows_of(begin, std::min(begin + study.batch, study.samples)));
    auto result = attack->run({network, *explainer, some, study.epsilon, context}, preparation);
    for (auto& outcome : result.outcomes) out.outcomes.push_back(std::move(outcome));
  }
  std::fprintf(stderr, "  %s: %.4f\n", label.c_str(), last_mean(out, first_rows(study.samples)));
  return out;
}

/// Where the curves are drawn: 3, 10, 30, ... and the end of the run.
std::vector<double> grid(const Run& run) {
  std::vector<double> out;
  for (double e = 1; e < run.total(); e *= 10) {
    for (const double part : {1., 2., 4.}) {
      if (e * part > 3 && e * part < run.total()) out.push_back(e * part);
    }
  }
  out.push_back(run.total());
  return out;
}

void write_curves(const Study& study, const std::vector<Run>& runs, const std::string& folder) {
  std::ofstream csv(folder + "/" + study.name + ".csv");
  csv << "attack,evaluations,mean,ci_low,ci_high\n";
  for (const Run& run : runs) {
    for (const double e : grid(run)) {
      const auto values = values_at(run, e);
      const double mean = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
      const auto interval = bootstrap_interval(values, kSeed).value_or(ConfidenceInterval{mean, mean, ""});
      csv << '"' << run.label << "\"," << e << "," << mean << "," << interval.low << "," << interval.high << "\n";
    }
  }
}

/// Of the plain runs with few iterates only the best is drawn.
std::vector<ChartLine> drawn(std::vector<ChartLine> lines) {
  const auto is_one = [](const ChartLine& line) { return line.label.rfind(kTuned, 0) == 0; };
  const ChartLine* best = nullptr;
  for (const auto& line : lines) {
    if (is_one(line) && (!best || line.points.back().mean < best->points.back().mean)) best = &line;
  }
  const std::string kept = best ? best->label : "";
  lines.erase(std::remove_if(lines.begin(), lines.end(), [&](const auto& line) { return is_one(line) && line.label != kept; }),
              lines.end());
  return lines;
}

/// FOLDER/CASE.html from FOLDER/CASE.csv.
void draw_curves(const Study& study, const std::string& folder) {
  std::ifstream csv(folder + "/" + study.name + ".csv");
  std::vector<ChartLine> lines;
  std::string row;
  std::getline(csv, row);
  while (std::getline(csv, row)) {
    const size_t end = row.find("\",");
    const std::string label = row.substr(1, end - 1);
    double e, mean, low, high;
    if (std::sscanf(row.c_str() + end + 2, "%lf,%lf,%lf,%lf", &e, &mean, &low, &high) != 4) continue;
    if (lines.empty() || lines.back().label != label) lines.push_back({label, true, {}});
    lines.back().points.push_back({std::log10(e), mean, low, high, short_number(e)});
  }
  ChartFrame frame;
  frame.title = "top-k overlap of " + study.explainer + " on " + study.name;
  frame.x_title = "evaluations, logarithmic";
  frame.reference = 1;
  HtmlWriter html;
  html.constant("<!doctype html>").open("html").open("head").open("style").constant(style_sheet()).close().close();
  html.open("body").open("main");
  html.leaf("p", frame.title + ", " + std::to_string(study.samples) + " samples, epsilon " +
                     fixed_number(255 * study.epsilon, 2) + "/255. Lower is stronger.");
  draw_line_chart(html, drawn(std::move(lines)), frame);
  html.close().close().close();
  std::ofstream(folder + "/" + study.name + ".html") << html.str();
}

int main_of(int argc, char** argv) {
  const bool only_draws = argc == 4 && std::string(argv[1]) == "--draw";
  const std::string name = argc > 2 ? argv[argc - 2] : "", folder = argc > 2 ? argv[argc - 1] : "";
  auto study = studies().end();
  if (argc == 3 || only_draws) {
    study = std::find_if(studies().begin(), studies().end(), [&](const Study& one) { return one.name == name; });
  }
  if (study == studies().end()) {
    std::fprintf(stderr, "usage: efficiency [--draw] CASE FOLDER; cases:");
    for (const Study& one : studies()) std::fprintf(stderr, " %s", one.name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  if (only_draws) {
    draw_curves(*study, folder);
    return 0;
  }
  const std::string shared = shared_folder();
  const Network network = to(Model::load(shared + "/models/" + study->model + ".pt").network(study->shape), at::kFloat);
  const Samples samples = samples_of(*study, shared, network);
  std::vector<Run> runs;
  const auto add = [&](const std::string& label, const std::string& spec) {
    runs.push_back(run_attack(*study, network, samples, label, spec));
  };
  add("plain, 300", "ghorbani-topk:iterations=300");
  const auto step = [&](double share) { return ",step=" + exact_number(share * study->epsilon); };
  for (const int part : {16, 8, 4}) {
    add(kTuned + ("eps/" + std::to_string(part)), "ghorbani-topk:iterations=60" + step(1.0 / part));
  }
  add("momentum, 60", "ghorbani-topk:iterations=60,momentum=0.75" + step(1.0 / 8));
  add("adaptive step, 60", "ghorbani-topk:iterations=60,adaptive-step=1");
  add("soft top-k, 60", "ghorbani-topk:iterations=60,loss=soft-topk" + step(1.0 / 8));
  add("annealed, 60", "annealed-topk:iterations=60");
  write_curves(*study, runs, folder);
  draw_curves(*study, folder);
  const Run* tuned = &*std::min_element(runs.begin() + 1, runs.begin() + 4, [&](const Run& a, const Run& b) {
    return last_mean(a, first_rows(study->samples)) < last_mean(b, first_rows(study->samples));
  });
  for (const Run& run : runs) {
    const Gain over_plain = gain(runs[0], run);
    std::vector<double> differences;
    for (size_t i = 0; i < run.outcomes.size(); ++i) differences.push_back(tuned->outcomes[i].after - run.outcomes[i].after);
    std::printf(
        "%s | %s: mean %.4f in %.0f evaluations (preparation %.0f in all); gain over plain %.2f (%.2f to %.2f); below %s by "
        "%.4f, p %.4g\n",
        study->name.c_str(), run.label.c_str(), last_mean(run, first_rows(study->samples)), run.total(), run.preparation,
        over_plain.value, over_plain.low, over_plain.high, tuned->label.c_str(),
        std::accumulate(differences.begin(), differences.end(), 0.0) / static_cast<double>(differences.size()),
        sign_flip_p(differences, Alternative::two_sided, kSeed));
  }
  return 0;
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  faultline::restart_with_better_blas_kernels(argv);
  faultline::keep_freed_memory();
  return faultline::bench::main_of(argc, argv);
}
