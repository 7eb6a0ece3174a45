using Shimd.Native;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Native;

public sealed class DirectoryTreeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Remove_AllKindsOfFiles_NothingIsLeft()
    {
        string tree = _directory.MakeDirectory("tree/below/and below");
        File.WriteAllText(Path.Combine(tree, "file"), "content");
        File.WriteAllText(Path.Combine(tree, ".hidden"), "content");
        File.WriteAllText(Path.Combine(tree, "..two dots and more"), "content");
        Fifo.Create(Path.Combine(tree, "fifo")).OrThrow("mkfifo");
        using Fd socket = UnixSocket.ListenAnywhere(Path.Combine(tree, "socket"), 1).OrThrow("listen");

        DirectoryTree.Remove(_directory["tree"]).OrThrow("remove");

        Assert.False(Path.Exists(_directory["tree"]));
    }

    [Fact]
    public void Remove_SymbolicLinks_WhatTheyLeadToIsLeft()
    {
        string kept = _directory.MakeDirectory("kept");
        File.WriteAllText(Path.Combine(kept, "file"), "content");
        string tree = _directory.MakeDirectory("tree");
        File.CreateSymbolicLink(Path.Combine(tree, "to a directory"), kept);
        File.CreateSymbolicLink(Path.Combine(tree, "to a file"), Path.Combine(kept, "file"));
        File.CreateSymbolicLink(Path.Combine(tree, "to nothing"), "nothing");

        DirectoryTree.Remove(tree).OrThrow("remove");

        Assert.False(Path.Exists(tree));
        Assert.True(File.Exists(Path.Combine(kept, "file")));
    }

    [Fact]
    public void Remove_MoreNamesThanOneReadTells_AllAreRemoved()
    {
        string tree = _directory.MakeDirectory("tree");
        for (int i = 0; i < 1000; i++)
        {
            File.WriteAllText(Path.Combine(tree, $"{new string('n', 100)}{i}"), "");
        }

        DirectoryTree.Remove(tree).OrThrow("remove");

        Assert.False(Path.Exists(tree));
    }

    [Fact]
    public void Remove_NotThere_IsOk() => Assert.True(DirectoryTree.Remove(_directory["nothing"]).IsOk);

    [Theory]
    [InlineData("file")]
    [InlineData("link")]
    public void Remove_NoDirectory_ENOTDIRAndItIsLeft(string name)
    {
        File.WriteAllText(_directory["file"], "content");
        File.CreateSymbolicLink(_directory["link"], _directory.MakeDirectory("kept"));

        Assert.Equal(Errno.ENOTDIR, DirectoryTree.Remove(_directory[name]).Error);

        Assert.True(Path.Exists(_directory[name]));
    }
}
