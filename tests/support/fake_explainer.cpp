// An explainer outside the program, for tests, that behaves well or badly as its first word says. Well: a map is twice its input.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <thread>

namespace {

std::string text_of(const std::string& request, const std::string& key) {
  const std::string head = "\"" + key + "\":\"";
  const size_t begin = request.find(head) + head.size();
  return request.substr(begin, request.find('"', begin) - begin);
}

long number_of(const std::string& request) { return std::atol(request.c_str() + request.find("\"request\":") + 10); }

std::string bytes_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// Every number of a .npy array (version 1.0, as this project writes it) as `change` makes it.
template <class Number, class Change>
void change_numbers(std::string* npy, size_t payload, Change change) {
  for (size_t at = payload, i = 0; at < npy->size(); at += sizeof(Number), ++i) {
    Number value;
    std::memcpy(&value, npy->data() + at, sizeof value);
    value = static_cast<Number>(change(static_cast<double>(value), i));
    std::memcpy(&(*npy)[at], &value, sizeof value);
  }
}

template <class Change>
std::string changed(std::string npy, Change change) {
  const size_t payload = 10 + static_cast<unsigned char>(npy[8]) + 256U * static_cast<unsigned char>(npy[9]);
  if (npy.substr(0, payload).find("<f8") != std::string::npos)
    change_numbers<double>(&npy, payload, change);
  else
    change_numbers<float>(&npy, payload, change);
  return npy;
}

void write(const std::string& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

void answer(long request, const std::string& more = "") { std::cout << "{\"request\":" << request << more << "}" << std::endl; }

void sleep_for_ever() {
  for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
}

/// Whether this is the first process to ask: the marker file is made then.
bool is_first(const std::string& marker) {
  if (std::ifstream(marker).good()) return false;
  std::ofstream(marker) << "here\n";
  return true;
}

}  // namespace

int main(int count, char** words) {
  const std::string how = count > 1 ? words[1] : "well";
  const std::string marker = count > 2 ? words[2] : "";
  if (how == "slow-start") std::this_thread::sleep_for(std::chrono::milliseconds(700));
  if (how == "dies-at-once") return 7;
  if (how == "dies-when-moved" && std::ifstream(marker).good()) return 3;
  const bool fails_first = (how == "dies-once" || how == "hangs-once") && is_first(marker);
  long last = 0;
  double calls = 0;
  std::string first_inputs;
  std::map<size_t, std::string> first_of_size;  // the clean inputs, in either precision
  for (std::string request; std::getline(std::cin, request); ++calls) {
    const long number = number_of(request);
    const std::string inputs = bytes_of(text_of(request, "inputs")), maps = text_of(request, "maps");
    const auto twice = [](double value, size_t) { return 2 * value; };
    if (how == "hangs" || (how == "hangs-once" && fails_first)) {
      std::cerr << "thinking about request " << number << std::endl;
      sleep_for_ever();
    } else if (how == "dies" || (how == "dies-once" && fails_first)) {
      std::cerr << "first words\nout of luck" << std::endl;
      return 3;
    } else if (how == "dies-when-moved" && first_of_size.emplace(inputs.size(), inputs).first->second != inputs) {
      std::ofstream(marker) << "never again\n";
      return 3;
    } else if (how == "crashes") {
      std::abort();
    } else if (how == "closes-stdout") {
      close(STDOUT_FILENO);
      sleep_for_ever();
    } else if (how == "garbage") {
      std::cout << "epoch 1, loss 0.3" << std::endl;
    } else if (how == "endless-line") {
      for (;;) std::cout << "0123456789abcdef";
    } else if (how == "says-error") {
      std::cerr << "Traceback\nValueError: no such layer" << std::endl;
      answer(number, R"(,"error":"no such layer")");
    } else if (how == "no-file") {
      answer(number);
    } else if (how == "wrong-shape") {
      write(maps, bytes_of(text_of(request, "targets")));
      answer(number);
    } else if (how == "huge-shape") {
      // A header that promises more than the file holds.
      std::string npy = inputs;
      const size_t at = npy.find("'shape': (") + 10;
      npy[at] = '9';
      write(maps, npy);
      answer(number);
    } else if (how == "nan") {
      std::cerr << "RuntimeWarning: divide by zero" << std::endl;
      write(maps, changed(inputs, [](double value, size_t i) { return i == 0 ? 0.0 / (value - value) : 2 * value; }));
      answer(number);
    } else if (how == "nan-when-moved") {
      const bool is_moved = !first_inputs.empty() && inputs != first_inputs;
      if (first_inputs.empty()) first_inputs = inputs;
      write(maps, changed(inputs, [&](double value, size_t) { return is_moved ? 0.0 / (value - value) : 2 * value; }));
      answer(number);
    } else if (how == "previous-number") {
      write(maps, changed(inputs, twice));
      answer(last);
    } else if (how == "talkative") {
      const std::string line(1023, 'x');
      for (int i = 0; i < 1024; ++i) std::cerr << line << "\n";
      write(maps, changed(inputs, twice));
      answer(number);
    } else if (how == "draws-anew") {
      // Never the same again, whatever is asked in between.
      write(maps, changed(inputs, [&](double value, size_t i) {
              return value + std::fmod(calls * 1.6180339887 + static_cast<double>(i), 5);
            }));
      answer(number);
    } else if (how == "seeds") {
      const double seed = std::atof(request.c_str() + request.find("\"seeds\":[") + 9);
      write(maps, changed(inputs, [&](double, size_t) { return seed; }));
      answer(number);
    } else if (how == "copies-model") {
      write(marker, bytes_of(text_of(request, "model")));
      write(maps, changed(inputs, twice));
      answer(number);
    } else if (how == "other-file") {
      write(maps + ".mine", changed(inputs, twice));
      answer(number, ",\"maps\":\"" + maps + ".mine\"");
    } else {
      write(maps, changed(inputs, twice));
      answer(number);
    }
    last = number;
  }
  return 0;
}
