// The alphabet of the report's pictures: a few SVG elements and two axes' arithmetic. Numbers are in CSS pixels.
#pragma once

#include <string>
#include <vector>

namespace ridge::svg {

// `label` is what a screen reader says in place of the picture.
std::string open(int width, int height, const std::string& label);
std::string text(double x, double y, const char* style, const std::string& text);
std::string line(double x1, double y1, double x2, double y2, const char* style);
std::string circle(double x, double y, double r, const char* style, const std::string& title = "");
std::string number(double v);  // at most four digits
// A horizontal meter that fills `share` (0 to 1) of its width; says nothing to a screen reader.
std::string meter(double share);

// 1, 2 or 5 times a power of ten, so that about `most` steps cover the span.
double round_step(double span, int most);
// Marks of a logarithmic axis: 1 2 5 10 …, finer ones when the span is small, powers of ten when it is large.
std::vector<double> log_marks(double low, double high);

// A logarithmic axis from `low` at pixel `from` to `high` at pixel `to`; values outside are kept at the ends.
struct LogAxis {
  double low, high, from, to;
  double at(double value) const;
};

}  // namespace ridge::svg
