#include "server/command/command_line.hpp"

int main(const int argc, char** const argv) {
    return gateway::command::run(argc, argv);
}
