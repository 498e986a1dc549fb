#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <sstream>

#include "data/npy.h"
#include "support/program.h"
#include "support/shared.h"
#include "support/torchscript_archive.h"
#include "support/zip.h"

using faultline::testing::little_endian;
using faultline::testing::ProgramResult;
using faultline::testing::run_faultline;
using faultline::testing::TemporaryFolder;
using faultline::testing::text_of;
using faultline::testing::torchscript_archive;
using faultline::testing::zip;
using faultline::testing::ZipEnd;
using faultline::testing::ZipEntry;
using testing::HasSubstr;
using testing::Not;

namespace {

class HostileInput : public testing::Test {
 protected:
  std::string file(const std::string& name) const { return folder_.file(name); }
  void put(const std::string& name, const std::string& bytes) const { std::ofstream(file(name), std::ios::binary) << bytes; }
  void expect_refused(const std::vector<std::string>& words, int code, const std::string& says) const {
    const ProgramResult result = run_faultline(words);
    EXPECT_EQ(result.code, code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_THAT(result.err, HasSubstr(says));
    EXPECT_FALSE(std::filesystem::exists(file("out.npy")));
  }
  std::vector<std::string> explain(const std::string& inputs) const {
    return {"explain", "--model", file("m.pt"), "--inputs", file(inputs), "--explainer", "gradient", "--out", file("out.npy")};
  }

  TemporaryFolder folder_;
};

TEST_F(HostileInput, ModelsThatAreBombsOrDamagedAreRefusedInOneLine) {
  std::vector<ZipEntry> entries{{"m/code/m.py", "x"}, {"m/data.pkl", "abc"}};
  entries[0].method = 8;
  entries[0].size = entries[0].local_size = uint64_t{1} << 30;
  put("bomb.pt", zip(entries));
  expect_refused({"model", file("bomb.pt")}, 3, "entry 'm/code/m.py': says that 1 bytes expand to 1073741824");
  ZipEnd end;
  end.has_zip64 = true;
  end.count_shift = 99999;
  put("many.pt", zip({{"a", ""}}, end));
  expect_refused({"model", file("many.pt")}, 3, "says that it has 100000 entries");
  put("name.pt", zip({{std::string("a\n\0b", 4), ""}}));
  expect_refused({"model", file("name.pt")}, 3, "entry 'a\\x0a\\x00b'");
  std::string model = torchscript_archive();
  model[model.find("training")] ^= 1;
  put("damaged.pt", model);
  expect_refused({"model", file("damaged.pt")}, 3, "entry 'm/data.pkl': is damaged: its check sum (CRC-32) is another");
}

TEST_F(HostileInput, DataThatLiesAboutItsSizeIsRefusedInOneLine) {
  put("m.pt", torchscript_archive());
  const std::string dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n";
  put("x.npy", std::string("\x93NUMPY\x01\x00", 8) + little_endian(dictionary.size(), 2) + dictionary + std::string(8, '\0'));
  expect_refused(explain("x.npy"), 3, "overflows 64 bits");
  put("x-images-idx3-ubyte", std::string("\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16));
  expect_refused(explain("x-images-idx3-ubyte"), 3, "more than 4 GiB");
  std::string png =
      std::string("\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0", 29) + std::string(40, '\0');
  put("x.png", png);
  expect_refused(explain("x.png"), 4, "60000 x 60000 pixels");
}

TEST_F(HostileInput, NamesOfFilesClassesAndModelsAreTextInEveryReport) {
  const std::string klass = "<img src=x onerror=alert(1)>", name = "<script>alert(1)<\n|x`*.png",
                    model = "<script>alert(2)<\n|m.pt";
  std::filesystem::create_directories(file("d/" + klass));
  for (int i = 0; i < 3; ++i) {
    cv::Mat picture(4, 4, CV_8UC1, cv::Scalar(40 + 60 * i));
    picture.at<unsigned char>(i, i) = 200;
    cv::imwrite(file("p.png"), picture);
    std::filesystem::rename(file("p.png"), file("d/" + klass + "/" + std::to_string(i) + name));
  }
  put(model, torchscript_archive("    x = torch.tanh(x)\n"));
  const auto result =
      run_faultline({"audit", "--model", file(model), "--data", file("d"), "--input-shape", "1,4,4", "--explainer", "gradient",
                     "--attack", "ghorbani-topk:iterations=2", "--out", file("run"), "--quiet"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* report : {"run/report.html", "run/report.md", "run/report.csv"}) {
    SCOPED_TRACE(report);
    const std::string text = text_of(file(report));
    EXPECT_THAT(text, HasSubstr("alert("));
    EXPECT_THAT(text, Not(HasSubstr("alert(1)<\n")));
    EXPECT_THAT(text, Not(HasSubstr("alert(2)<\n")));
  }
  const std::string html = text_of(file("run/report.html"));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;alert(1)&lt;\\x0a"));
  EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(html, Not(HasSubstr("<img src=x")));
  // Markdown shows a code span as it stands.
  std::istringstream lines(text_of(file("run/report.md")));
  for (std::string line; std::getline(lines, line);) {
    const size_t at = line.find("<script>");
    if (at == std::string::npos) continue;
    EXPECT_EQ(std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(at), '`') % 2, 1) << line;
  }
  const auto json = nlohmann::json::parse(text_of(file("run/report.json")));
  std::set<std::string> samples;
  for (const auto& record : json["records"]) samples.insert(record["sample"].get<std::string>());
  EXPECT_EQ(samples.count(klass + "/0" + name), 1u);
}

}  // namespace
