"""The package for Conan 2, with CAF 1.x: conan create . --build=missing

The bridge is built for the interpreter of the system, see VENOMOUS_PYTHON_EXECUTABLE.
"""

import re
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout


class Venomous(ConanFile):
    name = "venomous"
    description = "Runs Python functions in a supervised pool of processes"
    license = "BSD-3-Clause"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    exports = "CMakeLists.txt"
    exports_sources = (
        "CMakeLists.txt",
        "CMakePresets.json",
        "LICENSE",
        "actors/*",
        "base/*",
        "cmake/*",
        "config/*",
        "include/*",
        "python_bridge/*",
    )

    def set_version(self):
        text = (Path(self.recipe_folder) / "CMakeLists.txt").read_text()
        self.version = re.search(r"project\(venomous VERSION ([\d.]+)", text)[1]

    def configure(self):
        if self.options.shared:
            self.options.rm_safe("fPIC")

    def requirements(self):
        # Headers of the library include those of the first two.
        self.requires("caf/[>=1.0 <2]", transitive_headers=True)
        self.requires("msgpack-cxx/[>=6.1 <8]", transitive_headers=True)
        self.requires("asio/[>=1.22 <2]", visible=False)
        self.requires("cli11/[>=2.3 <3]", visible=False)
        self.requires("nlohmann_json/[>=3.11 <4]", visible=False)
        self.requires("pybind11/[>=2.9 <3]", visible=False)

    def validate(self):
        check_min_cppstd(self, 20)
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("Venomous runs on Linux only")

    def layout(self):
        cmake_layout(self)

    def generate(self):
        CMakeDeps(self).generate()
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["VENOMOUS_BUILD_TESTS"] = "OFF"
        toolchain.cache_variables["VENOMOUS_BUILD_EXAMPLES"] = "OFF"
        # Those of the project are for developers.
        toolchain.user_presets_path = False
        toolchain.generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install()

    def package_info(self):
        # The package of the project itself knows where its Python side is.
        self.cpp_info.set_property("cmake_find_mode", "none")
        self.cpp_info.builddirs = ["lib/cmake/venomous"]
