#include "tests/pool_fixture.hpp"

// Eigen is there if the build has found it, see tests/CMakeLists.txt.
#ifdef VENOMOUS_TEST_EIGEN

#  include "venomous/eigen.hpp"

using namespace venomous;
using namespace venomous::test;

using Catch::Matchers::ContainsSubstring;

TEST_CASE("a matrix of Eigen is an array in Python, and a matrix again",
          "[arrays]") {
  pool_fixture f{small_pool(1)};
  Eigen::MatrixXd sent(2, 3);
  sent << 1, 2, 3, 4, 5, 6;
  auto got = checked(python_wait<ndarray>(
    f.self, f.manager,
    {"numpy", "dot", from_eigen(sent), from_eigen(sent.transpose())}));
  auto seen = checked(to_eigen<double>(got));
  CHECK(seen.isApprox(sent * sent.transpose()));
  CHECK(checked(python_wait<std::string>(
          f.self, f.manager, {"arrays", "describe", from_eigen(sent)}))
        == "<f8 (2, 3) [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]");
  CHECK(checked(python_wait<std::string>(
          f.self, f.manager, {"arrays", "describe", from_eigen(sent.col(1))}))
        == "<f8 (2,) [2.0, 5.0]");
}

TEST_CASE("Eigen sees arrays in the order in which they lie", "[arrays]") {
  auto x = ndarray::take(std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3});
  auto matrix = checked(to_eigen<double>(x));
  CHECK(matrix(0, 2) == 3);
  CHECK(matrix(1, 0) == 4);
  auto turned = checked(to_eigen<double>(x.transposed()));
  CHECK(turned(2, 0) == 3);
  CHECK(turned.isApprox(matrix.transpose()));
  auto column = checked(to_eigen<double>(x.at(1)));
  CHECK(column.rows() == 3);
  CHECK(column(2, 0) == 6);
  auto strided = checked(to_eigen<double>(x.transposed().at(1)));
  CHECK(strided.data() == checked(x.span<double>()).data() + 1);
  CHECK(strided(1, 0) == 5);
}

TEST_CASE("Eigen does not see what is no matrix", "[arrays]") {
  auto x = ndarray::take(std::vector<double>(8), {2, 2, 2});
  CHECK(code_in(to_eigen<double>(x)) == errc::undecodable);
  CHECK_THAT(text_in(to_eigen<float>(x.at(0))),
             ContainsSubstring("expected array of <f4, got array of <f8"));
  auto back = x.at(0);
  auto backwards = ndarray::from_memory({back.data(), back.data().get() + 24},
                                        back.dtype(), {2, 2}, {-16, -8});
  CHECK_THAT(text_in(to_eigen<double>(backwards)),
             ContainsSubstring("forwards"));
}

#endif
