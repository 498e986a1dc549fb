#include "report/browser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/comparison.h"
#include "report/written.h"

namespace faultline {
namespace {

using testing::browse;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::standard;

/// Runs steps in the page and notes what they return as <meta name="said">.
std::string script_of(const std::string& steps) {
  return "const said = (() => {" + steps + "})(); const note = document.createElement('meta'); note.name = 'said'; " +
         "note.content = JSON.stringify(said).replaceAll('\"', \"'\"); document.head.append(note);";
}

std::string said(const std::string& page, const std::string& steps) {
  const auto browsed = browse(page, script_of(steps));
  EXPECT_EQ(browsed.console, "");
  const std::string before = "<meta name=\"said\" content=\"";
  const size_t at = browsed.dom.find(before);
  if (at == std::string::npos) return "nothing: " + browsed.dom.substr(0, 400);
  return browsed.dom.substr(at + before.size(), browsed.dom.find("\">", at) - at - before.size());
}

TEST(Browser, OpensEveryPageWithoutAWordOnTheConsole) {
  FAULTLINE_NEEDS_CHROMIUM();
  const auto& w = standard();
  for (const auto& page : {w.html(), html_model_card(w.run), html_comparison(w.run, w.run)}) {
    const auto browsed = browse(page);
    EXPECT_EQ(browsed.console, "");
    EXPECT_THAT(browsed.dom, HasSubstr("</html>"));
    EXPECT_THAT(browsed.dom, HasSubstr("<dialog class=\"large\"")) << "the page's script ran under the page's own policy";
  }
}

TEST(Browser, WouldReportAScriptThatThePolicyForbids) {
  FAULTLINE_NEEDS_CHROMIUM();
  std::string page = standard().html();
  page.insert(page.rfind("</body>"), "<script>document.title = 'taken over';</script>");
  const auto browsed = browse(page);
  EXPECT_THAT(browsed.console, HasSubstr("Content Security Policy"));
  EXPECT_THAT(browsed.dom, Not(HasSubstr("<title>taken over")));
}

TEST(Browser, SortsByAColumnAndBack) {
  FAULTLINE_NEEDS_CHROMIUM();
  const std::string steps = R"js(
    const table = document.querySelector('#summary table');
    const column = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.startsWith('top-k'));
    const button = table.tHead.rows[0].cells[column].querySelector('button');
    const body = table.tBodies[0];
    const column_values = () => [...body.rows].filter((row) => !row.matches('.group, .note'))
        .map((row) => parseFloat(row.cells[column].textContent));
    const sorted = (values, sign) => values.every((value, i) => i === 0 || sign * (value - values[i - 1]) >= 0);
    const rows = () => [...body.rows].map((row) => row.textContent).join('|');
    const before = rows(), original = column_values(), out = [];
    button.focus();
    out.push(document.activeElement === button);
    button.click();
    out.push(button.parentElement.getAttribute('aria-sort'), sorted(column_values(), 1), body.rows[0].className);
    const noted = body.querySelector('.note').previousElementSibling;
    out.push(/ghorbani.*8\/255|8\/255.*ghorbani/.test(noted.textContent));
    button.click();
    out.push(button.parentElement.getAttribute('aria-sort'), sorted(column_values(), -1));
    button.click();
    out.push(button.parentElement.hasAttribute('aria-sort'), rows() === before, sorted(original, 1) || sorted(original, -1));
    return out;
  )js";
  EXPECT_EQ(said(standard().html(), steps), "[true,'ascending',true,'group',true,'descending',true,false,true,false]");
}

TEST(Browser, SortsNumbersAsTheReportWritesThem) {
  FAULTLINE_NEEDS_CHROMIUM();
  std::string page = standard().html();
  const std::string cells[] = {"1.2 \xc3\x97 10\xe2\x81\xbb\xe2\x81\xb9", "none", "10 of 12", "8/255", "21 %", "9 of 12", "-0.5"};
  std::string table =
      "<div class=\"scroll\" aria-label=\"t\"><table id=\"planted\"><thead><tr><th class=\"n\">v</th></tr></thead><tbody>";
  for (const auto& cell : cells) table += "<tr><td class=\"n\">" + cell + "<small>99</small></td></tr>";
  page.insert(page.find("<main>"), table + "</tbody></table></div>");
  const std::string steps = R"js(
    const table = document.getElementById('planted');
    table.querySelector('button').click();
    return [...table.tBodies[0].rows].map((row) => row.cells[0].firstChild.textContent);
  )js";
  EXPECT_EQ(said(page, steps), "['-0.5','1.2 \xc3\x97 10\xe2\x81\xbb\xe2\x81\xb9','8/255','9 of 12','10 of 12','21 %','none']");
}

TEST(Browser, FiltersLongTables) {
  FAULTLINE_NEEDS_CHROMIUM();
  const std::string steps = R"js(
    const box = document.querySelector('#summary .scroll');
    const field = box.previousElementSibling.querySelector('input');
    const rows = () => [...box.querySelectorAll('tbody tr:not(.group, .note)')].filter((row) => row.offsetParent !== null);
    const all = rows().length;
    field.value = 'GHORBANI-TOPK 8/255';
    field.dispatchEvent(new Event('input'));
    const left = rows();
    const told = box.previousElementSibling.querySelector('[role=status]').textContent;
    const right = left.every((row) => row.textContent.includes('ghorbani-topk') && row.textContent.includes('8/255'));
    field.value = '';
    field.dispatchEvent(new Event('input'));
    return [all, left.length, right, told, rows().length];
  )js";
  EXPECT_EQ(said(standard().html(), steps), "[39,3,true,'3 of 39 rows',39]");
}

TEST(Browser, EnlargesPicturesAndClosesThemByEscape) {
  FAULTLINE_NEEDS_CHROMIUM();
  const std::string steps = R"js(
    const dialog = document.querySelector('dialog'), button = document.querySelector('.strip .zoom');
    button.focus();
    button.click();
    const out = [dialog.open, dialog.querySelector('img').src === button.querySelector('img').src, dialog.contains(document.activeElement)];
    dialog.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
    out.push(dialog.querySelector('img').alt);
    dialog.requestClose ? dialog.requestClose() : dialog.close();
    out.push(dialog.open, document.activeElement === button, document.querySelectorAll('.strip img').length);
    return out;
  )js";
  const std::string found = said(standard().html(), steps);
  EXPECT_THAT(found, HasSubstr("[true,true,true,'perturbed of sample digits/"));
  EXPECT_THAT(found, HasSubstr("false,true,45]"));
}

}  // namespace
}  // namespace faultline
