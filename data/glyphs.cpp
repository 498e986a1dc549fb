#include "data/glyphs.h"

#include "core/error.h"
#include "core/options.h"
#include "core/sha256.h"
#include "data/file_dataset.h"
#include "data/glyph_drawing.h"

namespace faultline {
namespace {

struct Options {
  int64_t count = 512;
  int64_t seed = 1;
  int64_t size = 28;
};

const OptionTable<Options>& options_table() {
  static const auto table = OptionTable<Options>()
                                .integer("count", &Options::count, {1, 1e7}, "digits in the data set")
                                .integer("seed", &Options::seed, {0, 1e15}, "seed of the drawings (not of the run)")
                                .integer("size", &Options::size, {16, 512}, "side of the pictures", "", "pixels");
  return table;
}

class Glyphs final : public FileDataset {
 public:
  Glyphs(const Spec& spec, const DatasetOptions& options) : options_(parse_options(spec, options_table())) {
    if (!options.input_shape.empty() && options.input_shape != std::vector<int64_t>{1, options_.size, options_.size}) {
      throw_input("glyphs", "are drawn as 1," + std::to_string(options_.size) + "," + std::to_string(options_.size),
                  "the input shape asked for is " + shape_text(options.input_shape));
    }
    for (char digit = '0'; digit <= '9'; ++digit) class_names_.emplace_back(1, digit);
    for (int64_t i = 0; i < options_.count; ++i) labels_.push_back(i % 10);
    // The drawing's version: changing how glyphs look must change the digest.
    settings_ = "glyph drawing 1 " + print(canonical_spec("glyphs", options_, options_table()));
    override_labels(options);
  }

  int64_t size() const override { return options_.count; }
  std::string format() const override { return "glyphs"; }

  LoadedSample load(int64_t index) const override {
    const Glyph glyph = draw_glyph(index % 10, static_cast<uint64_t>(options_.seed), static_cast<uint64_t>(index), options_.size);
    LoadedSample out;
    out.input = glyph.image;
    out.mask = glyph.mask;
    return out;
  }

 private:
  Options options_;
};

}  // namespace

std::unique_ptr<Dataset> open_glyphs(const std::string& spec, const DatasetOptions& options) {
  return std::make_unique<Glyphs>(parse_spec(spec), options);
}

}  // namespace faultline
